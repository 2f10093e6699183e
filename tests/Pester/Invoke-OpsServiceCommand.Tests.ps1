BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Invoke-OpsServiceCommand' {
    It 'takes a service by pipeline, and says that the engine is not there' {
        { 'api' | Invoke-OpsServiceCommand -Command ls, / -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
