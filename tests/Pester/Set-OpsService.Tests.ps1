BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Set-OpsService' {
    It 'takes a service by property name, and says that the engine is not there' {
        { [pscustomobject]@{ Name = 'api' } | Set-OpsService -Replicas 2 -WhatIf -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
