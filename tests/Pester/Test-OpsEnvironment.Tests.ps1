BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'Test-OpsEnvironment' {
    It 'names each mistake with its place, and what was meant' {
        "environment: wrong`ndatabses: { }" | Set-Content "$folder/wrong.yaml"
        $found = @(Test-OpsEnvironment -Environment "$folder/wrong.yaml" | Where-Object Severity -EQ Error)
        $found.Count | Should -Be 1
        "$($found.Message)" | Should -Match 'databases'
        $found.Line | Should -Be 2
    }

    It 'tries every server with -Connect' {
        $shop = New-Shop
        $said = @(Test-OpsEnvironment -Connect -Environment $shop)
        $said | Where-Object Severity -EQ Error | Should -BeNullOrEmpty
        "$($said.Message)" | Should -Match 'PostgreSQL 1'
    }
}
