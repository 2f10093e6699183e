BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'Revoke-OpsApiKey' {
    BeforeEach { $shop = New-KeyShop }

    It 'revokes just what came through the pipeline, and not the other key of the name' {
        $result = Get-OpsApiKey -OlderThan 365d -Environment $shop | Revoke-OpsApiKey -Environment $shop -Confirm:$false
        $result.Ids | Should -Be '1'
        $result.PSTypeNames[0] | Should -Be 'OpsModule.KeyRevocationResult'
        Invoke-Sql $shop 'select id from api_keys where is_revoked' | Should -Be '1'
        $null = Undo-OpsChange $result.Change -Environment $shop -Confirm:$false
        Invoke-Sql $shop 'select count(*) from api_keys where is_revoked' | Should -Be 0
    }

    It 'revokes all keys of a name, and those that are older' {
        (Revoke-OpsApiKey acme -Environment $shop -Confirm:$false).Ids | Should -Be '1', '2'
        Revoke-OpsApiKey -OlderThan 365d -Environment $shop -Confirm:$false | Should -BeNullOrEmpty
        { Revoke-OpsApiKey acme -Environment $shop -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'ApiKeyUnknown*'
    }

    It 'revokes all, shows the plan before, and asks' {
        $plan = Revoke-OpsApiKey -All -Environment $shop -WhatIf
        $plan.Kind | Should -Be 'apikey.revoke'
        (Invoke-Script "Revoke-OpsApiKey -All -Environment '$shop'").Said | Should -Match 'There is nobody to ask'
        Invoke-Sql $shop 'select count(*) from api_keys where is_revoked' | Should -Be 0
        (Revoke-OpsApiKey -All -Environment $shop -Confirm:$false -Reason leak).Ids.Count | Should -Be 3
    }

    It 'does nothing where a column is no truth' {
        $null = Invoke-Sql $shop "alter table api_keys alter is_revoked drop default, alter is_revoked type text"
        { Revoke-OpsApiKey -All -Environment $shop -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'ApiKeyTableDiffers*'
    }
}
