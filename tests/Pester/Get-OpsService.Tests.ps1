BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Get-OpsService' {
    It 'takes a service by position, and says that the engine is not there' {
        { Get-OpsService api -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
