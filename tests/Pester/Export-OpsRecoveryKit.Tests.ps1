BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $key = "$folder/identity.txt"
    age-keygen -o $key 2>$null
    $recipient = age-keygen -y $key
    $null = Backup-OpsDatabase main -Environment $shop
}

Describe 'Export-OpsRecoveryKit' {
    It 'writes one encrypted file that the key opens, with a page for a person; nothing with -WhatIf' {
        Export-OpsRecoveryKit "$folder/kit.age" -Recipient $recipient -WhatIf -Environment $shop | Should -BeNullOrEmpty
        "$folder/kit.age" | Should -Not -Exist
        $kit = Export-OpsRecoveryKit "$folder/kit.age" -Recipient $recipient -Environment $shop
        $kit.PSTypeNames[0] | Should -Be 'OpsModule.RecoveryKit'
        $kit.Backups | Should -HaveCount 1
        $kit.Sha256 | Should -Be (Get-FileHash "$folder/kit.age").Hash.ToLowerInvariant()
        $null = New-Item -ItemType Directory "$folder/open"
        sh -c "age -d -i '$key' '$folder/kit.age' | tar -xf - -C '$folder/open'"
        Get-Content -Raw "$folder/open/README.md" | Should -BeLike '*pg_restore --create*'
        Get-Content -Raw "$folder/open/ops.yaml" | Should -Be (Get-Content -Raw "$shop/ops.yaml")
        (Get-OpsChange -Last 1 -Environment $shop).Action | Should -Be 'Export-OpsRecoveryKit'
    }

    It 'is refused without a key to encrypt to, and over a file that is there' {
        { Export-OpsRecoveryKit "$folder/clear.age" -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'KitNotEncrypted*'
        "$folder/clear.age" | Should -Not -Exist
        { Export-OpsRecoveryKit "$folder/kit.age" -Recipient $recipient -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'KitExists*'
        (Export-OpsRecoveryKit "$folder/kit.age" -Recipient $recipient -Force -Environment $shop).Path | Should -Be "$folder/kit.age"
    }

    It 'takes the module along, so that the empty machine can load it' {
        (Export-OpsRecoveryKit "$folder/with.age" -Recipient $recipient -IncludeModule -Environment $shop).HasModule | Should -BeTrue
        $null = New-Item -ItemType Directory "$folder/with"
        sh -c "age -d -i '$key' '$folder/with.age' | tar -xf - -C '$folder/with'"
        & $pwsh -NoProfile -Command "Import-Module '$folder/with/module/OpsModule/OpsModule.psd1'; (Get-Command -Module OpsModule).Count" | Should -BeGreaterThan 50
    }
}
