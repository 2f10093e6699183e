BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $null = New-Item -ItemType Directory "$folder/rules"
    "environment: shop`nattacks: { rules: [rules] }" | Set-Content "$folder/ops.yaml"
    "title: Backdoor`nlogsource: { category: webserver }`ndetection: { selection: { c-uri|contains: /backdoor }, filter: { cs-user-agent: ours }, condition: selection and not filter }" | Set-Content "$folder/good.yml"
    "title: Windows`nlogsource: { category: process_creation }`ndetection: { selection: { Image: x }, condition: selection }" | Set-Content "$folder/bad.yml"
    $imports = @(Import-OpsAttackRule "$folder/*.yml" -Destination "$folder/rules/sigma.yaml" -WarningAction SilentlyContinue)
}

Describe 'Get-OpsAttackRule' {
    It 'lists the rules of the module, of rates, and your own' {
        @(Get-OpsAttackRule -Environment $folder -Id sigma-*).Count | Should -Be 1
        (Get-OpsAttackRule brute-force).More | Should -Be 10
        (Get-OpsAttackRule brute-force, log4* | Out-String) | Should -Match '(?s)log4.*brute-force'
        @(Get-OpsAttackRule -Category Log4Shell | Where-Object Id -like 'log4*').Category | Select-Object -Unique | Should -Be 'Log4Shell'
    }
}
