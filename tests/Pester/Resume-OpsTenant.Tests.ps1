BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $before = Get-Content "$shop/ops.yaml" -Raw
    "$before`ntenants: { names: [ demo, acme ], suspend: { schema: main } }" | Set-Content "$shop/ops.yaml"
}

Describe 'Resume-OpsTenant' {
    It 'lets those in again that are suspended, and leaves others as they are' {
        $null = Suspend-OpsTenant demo -Environment $shop -WarningAction SilentlyContinue
        (Resume-OpsTenant demo -Environment $shop -WhatIf).Kind | Should -Be 'tenant.resume'
        "$((Get-OpsTenant demo -Environment $shop).Status)" | Should -Be 'Suspended'
        $made = Resume-OpsTenant * -Environment $shop
        $made.Tenant | Should -Be 'demo'
        "$($made.Status)" | Should -Be 'Active'
        "$((Resume-OpsTenant acme -Environment $shop).Status)" | Should -Be 'Active'
    }

    It 'says that a pattern means nobody' {
        { Resume-OpsTenant z* -Environment $shop -ErrorAction Stop } | Should -Throw '*suspended tenant*'
    }

    It 'takes what Get-OpsTenant gives' {
        $null = Suspend-OpsTenant demo -Environment $shop -WarningAction SilentlyContinue
        $made = Get-OpsTenant -Environment $shop | Where-Object Status -EQ Suspended | Resume-OpsTenant -Environment $shop
        "$($made.Tenant) $($made.Status)" | Should -Be 'demo Active'
    }
}
