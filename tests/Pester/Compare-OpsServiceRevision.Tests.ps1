BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Compare-OpsServiceRevision' {
    It 'takes a service by property name, and says that the engine is not there' {
        { [pscustomobject]@{ Name = 'api' } | Compare-OpsServiceRevision -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
