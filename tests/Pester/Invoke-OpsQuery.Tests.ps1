BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
}

Describe 'Invoke-OpsQuery' {
    It 'gives rows as objects, of a tenant and with parameters' {
        $rows = Invoke-OpsQuery main 'select id, name from customers where id <= @last order by id' -Tenant demo -Parameter @{ last = 2 } -Environment $shop
        $rows.name | Should -Be 'customer 1', 'customer 2'
        $rows[0].id | Should -BeOfType int
        $rows[0].PSTypeNames | Should -Contain 'System.Management.Automation.PSCustomObject'
    }
    It 'changes nothing without -Write, and says so' {
        { Invoke-OpsQuery main 'delete from tenant_demo.customers' -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'QueryWrites*'
        Invoke-Sql $shop 'select count(*) from tenant_demo.customers' | Should -Be 100
    }
    It 'commits what was agreed to, and undoes what is more than expected' {
        { Invoke-OpsQuery main 'delete from customers' -Tenant demo -Write -Force -MaxRows 10 -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'QueryTooManyRows*'
        Invoke-OpsQuery main 'delete from customers where id > 90' -Tenant demo -Write -WhatIf -Environment $shop
        Invoke-Sql $shop 'select count(*) from tenant_demo.customers' | Should -Be 100
        $change = Invoke-OpsQuery main 'delete from customers where id > 90' -Tenant demo -Write -Confirm:$false -MaxRows 10 -Environment $shop
        $change.Rows | Should -Be 10
        $change.PSTypeNames | Should -Contain 'OpsModule.QueryChange'
        (Get-OpsChange -Environment $shop)[0].Target | Should -Be 'database/main/tenant/demo'
        # Where nobody can be asked, nothing is committed.
        (Invoke-Script "Invoke-OpsQuery main 'delete from customers' -Tenant demo -Write -Environment '$shop'").Said | Should -Match 'There is nobody to ask'
        Invoke-Sql $shop 'select count(*) from tenant_demo.customers' | Should -Be 90
    }
}
