BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $null = Import-SigmaSample
}

Describe 'Test-OpsAttackRule' {
    It 'passes rules whose examples hold, and fails those whose do not' {
        (Test-OpsAttackRule "$folder/rules/sigma.yaml").Passed | Should -BeTrue
        "rules: [ { id: wrong, category: SqlInjection, title: Wrong, severity: High, confidence: High, any: [ abc ], matches: [ 'GET /xyz' ], passes: [ 'GET /' ] } ]" | Set-Content "$folder/wrong.yaml"
        @(Test-OpsAttackRule "$folder/wrong.yaml" -ErrorAction SilentlyContinue).Passed | Should -Not -Contain $true
    }
}
