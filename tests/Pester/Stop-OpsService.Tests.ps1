BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Stop-OpsService' {
    It 'takes a service by property name, and says that the engine is not there' {
        { [pscustomobject]@{ Service = 'api' } | Stop-OpsService -Grace 1h30m -WhatIf -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }

    It 'refuses to take nothing for everything' {
        { Stop-OpsService -Environment $shop -ErrorAction Stop } | Should -Throw '*No service was named*'
    }

    It 'takes durations as they are written' {
        { Stop-OpsService -Grace soon api -Environment $shop } | Should -Throw '*90s*'
    }
}
