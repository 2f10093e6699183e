BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Start-OpsService' {
    It 'takes a service by pipeline, and says that the engine is not there' {
        { 'api' | Start-OpsService -Timeout 90s -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }

    It 'refuses to take nothing for everything' {
        { Start-OpsService -Environment $shop -ErrorAction Stop } | Should -Throw '*No service was named*'
    }
}
