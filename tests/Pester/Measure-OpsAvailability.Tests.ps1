BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'Measure-OpsAvailability' {
    It 'counts every request that failed' {
        $measured = Measure-OpsAvailability http://127.0.0.1:1/ -Duration 1 -Rate 5
        $measured.Requests, $measured.Failures | Should -Be 5, 5
    }
}
