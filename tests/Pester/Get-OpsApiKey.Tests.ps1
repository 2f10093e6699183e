BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-KeyShop
}

Describe 'Get-OpsApiKey' {
    It 'lists keys by name, id and age, and no key' {
        $keys = Get-OpsApiKey -Environment $shop
        $keys.Name | Should -Be 'acme', 'acme', 'globex'
        $keys[0].PSTypeNames[0] | Should -Be 'OpsModule.ApiKey'
        $keys[0].Age.TotalDays | Should -BeGreaterThan 399
        $keys[0].IsRevoked | Should -BeFalse
        ($keys | ConvertTo-Json) | Should -Not -Match 'hash'
    }

    It 'takes names, ids and ages' {
        (Get-OpsApiKey AC* -Environment $shop).Id | Should -Be '1', '2'
        (Get-OpsApiKey 3 -Environment $shop).Name | Should -Be 'globex'
        (Get-OpsApiKey -OlderThan 365d -Environment $shop).Id | Should -Be '1'
    }

    It 'says which secret has none' {
        { Get-OpsApiKey -Secret partnr -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'ApiKeyUnknown*'
    }
}
