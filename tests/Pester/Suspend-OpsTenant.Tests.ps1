BeforeAll {
    . $PSScriptRoot/Shared.ps1
    # The shop has the tenants demo and acme, each with a schema.
    $shop = New-Shop
    $before = Get-Content "$shop/ops.yaml" -Raw
    "$before`ntenants: { names: [ demo, acme ], suspend: { schema: main } }" | Set-Content "$shop/ops.yaml"
}

Describe 'Suspend-OpsTenant' {
    It 'shows what would be done, and does nothing' {
        $plan = Suspend-OpsTenant demo -Environment $shop -WhatIf -WarningAction SilentlyContinue
        $plan.Kind | Should -Be 'tenant.suspend'
        $plan.Steps.Name | Should -Contain 'schema'
        "$((Get-OpsTenant demo -Environment $shop).Status)" | Should -Be 'Active'
    }

    It 'cuts it off, says that nobody has seen that, and stays so the second time' {
        $made = Suspend-OpsTenant demo -Environment $shop -Reason 'test' -WarningAction SilentlyContinue
        "$($made.Status)" | Should -Be 'Suspended'
        $made.IsProven | Should -BeFalse
        $made.PSTypeNames[0] | Should -Be 'OpsModule.Tenant'
        { $made | Assert-OpsResult -ErrorAction Stop } | Should -Throw
        (Suspend-OpsTenant demo -Environment $shop).Change | Should -Be $made.Change
        "$((Resume-OpsTenant demo -Environment $shop).Status)" | Should -Be 'Active'
    }

    It 'refuses -For where nothing would lift it' {
        { Suspend-OpsTenant demo -For 1h -Environment $shop -ErrorAction Stop } | Should -Throw "*no entry of the schedule runs 'Resume-OpsChange -Due'*"
        { Suspend-OpsTenant demo -For 5 -Environment $shop -ErrorAction Stop } | Should -Throw '*no unit*'
    }

    It 'says that there is no such tenant' {
        { Suspend-OpsTenant demoo -Environment $shop -ErrorAction Stop } | Should -Throw '*Did you mean demo?*'
        { Suspend-OpsTenant '*' -Environment $shop -ErrorAction Stop } | Should -Throw '*no name of one*'
    }
}

Describe 'examples/suspend-tenant.ps1' {
    It 'suspends, ends badly where nobody has seen it, and lets it in again' {
        $call = "Import-Module '$manifest'; & '$root/examples/suspend-tenant.ps1' -Environment '$shop/ops.yaml' -Tenant acme -Reason 'test'"
        & $pwsh -NoProfile -Command "$call; exit `$LASTEXITCODE" *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 1 -Because (Get-Content "$folder/said.txt" -Raw)
        "$((Get-OpsTenant acme -Environment $shop).Status)" | Should -Be 'Suspended'
        & $pwsh -NoProfile -Command "$call -Lift; exit `$LASTEXITCODE" *> "$folder/said.txt"
        $LASTEXITCODE | Should -Be 0 -Because (Get-Content "$folder/said.txt" -Raw)
        "$((Get-OpsTenant acme -Environment $shop).Status)" | Should -Be 'Active'
    }
}
