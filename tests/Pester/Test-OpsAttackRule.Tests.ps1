BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $null = New-Item -ItemType Directory "$folder/rules"
    "environment: shop`nattacks: { rules: [rules] }" | Set-Content "$folder/ops.yaml"
    "title: Backdoor`nlogsource: { category: webserver }`ndetection: { selection: { c-uri|contains: /backdoor }, filter: { cs-user-agent: ours }, condition: selection and not filter }" | Set-Content "$folder/good.yml"
    "title: Windows`nlogsource: { category: process_creation }`ndetection: { selection: { Image: x }, condition: selection }" | Set-Content "$folder/bad.yml"
    $imports = @(Import-OpsAttackRule "$folder/*.yml" -Destination "$folder/rules/sigma.yaml" -WarningAction SilentlyContinue)
}

Describe 'Test-OpsAttackRule' {
    It 'passes rules whose examples hold, and fails those whose do not' {
        (Test-OpsAttackRule "$folder/rules/sigma.yaml").Passed | Should -BeTrue
        "rules: [ { id: wrong, category: SqlInjection, title: Wrong, severity: High, confidence: High, any: [ abc ], matches: [ 'GET /xyz' ], passes: [ 'GET /' ] } ]" | Set-Content "$folder/wrong.yaml"
        @(Test-OpsAttackRule "$folder/wrong.yaml" -ErrorAction SilentlyContinue).Passed | Should -Not -Contain $true
    }
}
