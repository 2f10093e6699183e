BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Update-OpsService' {
    It 'takes a service by property name, and says that the engine is not there' {
        { [pscustomobject]@{ Name = 'api' } | Update-OpsService -Tag 2 -WhatIf -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }

    It 'takes one of -Image, -Tag and -Digest' {
        { Update-OpsService api -Tag 2 -Image shop/api:2 -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'AmbiguousParameterSet*'
        { Update-OpsService api -Digest latest -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }

    It 'brings nothing out that nobody named' {
        { Update-OpsService -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNameMissing*'
    }
}
