BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: shop`nservices: { api: { env: api.env } }" | Set-Content "$folder/ops.yaml"
    "PW=pass-word-1`nSHORT=abc" | Set-Content "$folder/api.env"
    "# x`nurl = http://u:pass%2Dword-1@h" | Set-Content "$folder/site.conf"
}

Describe 'Find-OpsSecretUse' {
    It 'finds the value of a reference elsewhere, and does not say it' {
        $found = Find-OpsSecretUse -Reference file:api.env#PW -Environment $folder
        $found | ForEach-Object { "$($_.Place) $($_.Key) $($_.Form) $($_.IsDeclared)" } | Sort-Object |
            Should -Be 'api.env PW Plain True', 'site.conf line 2 PercentEncoded False'
        $found | ConvertTo-Json | Should -Not -BeLike '*pass-word*'
    }

    It 'refuses what would be found by chance, and what is no reference' {
        { Find-OpsSecretUse -Reference file:api.env#SHORT -Environment $folder -ErrorAction Stop } | Should -Throw -ErrorId 'SecretTooShort*'
        { Find-OpsSecretUse -Reference pass-word-1 -Environment $folder -ErrorAction Stop } |
            Should -Throw -ErrorId 'SecretReferenceInvalid*'
        { Find-OpsSecretUse none -Environment $folder -ErrorAction Stop } | Should -Throw -ErrorId 'SecretUnknown*'
        { Find-OpsSecretUse 'x*' -Environment $folder -ErrorAction Stop } | Should -Throw -ErrorId 'NothingMatches*'
    }
}
