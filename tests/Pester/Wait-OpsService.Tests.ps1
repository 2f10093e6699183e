BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Wait-OpsService' {
    It 'takes a service by pipeline, and says that the engine is not there' {
        { 'api' | Wait-OpsService -Healthy -Timeout 1s -Environment $shop -WarningAction Ignore -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
