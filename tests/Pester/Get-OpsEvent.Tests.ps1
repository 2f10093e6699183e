BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Get-OpsEvent' {
    It 'takes a service by property name, and says that the engine is not there' {
        { [pscustomobject]@{ Service = 'api' } | Get-OpsEvent -Since 1h -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
