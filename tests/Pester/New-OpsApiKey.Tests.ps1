BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-KeyShop
}

Describe 'New-OpsApiKey' {
    It 'makes a key whose hash is in the table, and leaves it behind in no copy' {
        $made = New-OpsApiKey initech -Environment $shop
        $made.PSTypeNames[0] | Should -Be 'OpsModule.NewApiKey'
        $key = $made.Key | ConvertFrom-SecureString -AsPlainText
        $key | Should -Match '^sk_[A-Za-z0-9]{40}$'
        $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($key))).ToLowerInvariant()
        Invoke-Sql $shop "select key_hash from api_keys where id = $($made.Id)" | Should -Be $hash
        [Management.Automation.PSSerializer]::Serialize($made) | Should -Not -Match $key
        ($made | Format-List * | Out-String) + ($made | ConvertTo-Json) | Should -Not -Match $key
        Get-ChildItem "$shop/.ops" -Recurse -File -Force | ForEach-Object { [IO.File]::ReadAllText($_.FullName) | Should -Not -Match $key }
        $null = Undo-OpsChange $made.Change -Environment $shop -Confirm:$false
        Invoke-Sql $shop "select is_revoked from api_keys where id = $($made.Id)" | Should -Be 't'
    }

    It 'says the key in no stream but its output' {
        $all = New-OpsApiKey hooli -Environment $shop -AsPlainText -Verbose -Debug -InformationAction Continue -Reason 'a new client' *>&1
        $key = @($all | Where-Object { $_ -is [string] })
        $key | Should -HaveCount 1
        $others = @($all | Where-Object { $_ -isnot [string] })
        $others | Should -Not -BeNullOrEmpty
        $others | Out-String -Width 500 | Should -Not -Match $key[0]
        Get-OpsChange -Environment $shop | ConvertTo-Json -Depth 8 | Should -Not -Match $key[0]
    }

    It 'gives the text alone, and nothing with -WhatIf' {
        New-OpsApiKey initech -AsPlainText -Environment $shop | Should -Match '^sk_'
        $count = Invoke-Sql $shop 'select count(*) from api_keys'
        (New-OpsApiKey initech -Environment $shop -WhatIf).Kind | Should -Be 'apikey.new'
        Invoke-Sql $shop 'select count(*) from api_keys' | Should -Be $count
    }

    It 'refuses a name that would be something else' {
        { New-OpsApiKey '-rf' -Environment $shop } | Should -Throw
    }
}
