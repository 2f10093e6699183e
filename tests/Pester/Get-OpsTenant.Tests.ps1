BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
platform: { host: {} }
tenants: { names: [ demo, acme ], suspend: { endpoints: [ { name: admin, suspend: "http://127.0.0.1:1/{tenant}/off", resume: "http://127.0.0.1:1/{tenant}/on" } ] } }
'@ | Set-Content "$folder/ops.yaml"
}

Describe 'Get-OpsTenant' {
    It 'shows those that are declared' {
        $all = Get-OpsTenant -Environment $folder
        $all.Tenant | Should -Be 'acme', 'demo'
        "$($all[0].Status)" | Should -Be 'Active'
        $all[0].PSTypeNames[0] | Should -Be 'OpsModule.Tenant'
    }

    It 'takes names with wildcards, whatever their case, and says which is meant' {
        (Get-OpsTenant D* -Environment $folder).Tenant | Should -Be 'demo'
        { Get-OpsTenant dmo -Environment $folder -ErrorAction Stop } | Should -Throw '*Did you mean demo?*'
    }

    It 'does not take a tenant for suspended whose endpoint is away' {
        { Suspend-OpsTenant demo -Environment $folder -ErrorAction Stop -WarningAction SilentlyContinue } | Should -Throw '*cannot be asked*'
        "$((Get-OpsTenant demo -Environment $folder).Status)" | Should -Be 'Active'
    }
}
