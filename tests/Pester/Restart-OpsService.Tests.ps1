BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Restart-OpsService' {
    It 'takes a service by pipeline, and says that the engine is not there' {
        { 'api' | Restart-OpsService -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }

    It 'does not make one instance anew' {
        { Restart-OpsService api -Recreate -Instance api-1 -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'ParametersConflict*'
    }

    It 'refuses to take nothing for everything' {
        { Restart-OpsService -Environment $shop -ErrorAction Stop } | Should -Throw '*No service was named*'
    }
}
