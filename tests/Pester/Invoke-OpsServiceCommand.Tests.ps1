BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Invoke-OpsServiceCommand' {
    It 'takes text as the program''s input, and says that the engine is not there' {
        { 'text' | Invoke-OpsServiceCommand api -Command cat -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'EngineUnreachable*'
    }
}
