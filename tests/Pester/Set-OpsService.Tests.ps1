BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Set-OpsService' {
    It 'takes a service by property name, and says that the engine is not there' {
        { [pscustomobject]@{ Name = 'api' } | Set-OpsService -Replicas 2 -WhatIf -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }

    It 'takes limits or a number of instances, not both, and says what it cannot read' {
        { Set-OpsService api -Replicas 2 -Memory 512m -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'AmbiguousParameterSet*'
        (Get-Command Set-OpsService).Parameters.Keys | Should -Contain LogMaxFile
        { Set-OpsService api -Memory 512m -WhatIf -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
