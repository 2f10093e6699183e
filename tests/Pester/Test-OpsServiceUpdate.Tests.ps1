BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Test-OpsServiceUpdate' {
    It 'takes a service by property name, and says that the engine is not there' {
        { [pscustomobject]@{ Name = 'api' } | Test-OpsServiceUpdate -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
