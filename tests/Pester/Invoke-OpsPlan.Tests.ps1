BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Invoke-OpsPlan' {
    It 'refuses what is no plan' {
        { [pscustomobject]@{ Summary = 'Stop all' } | Invoke-OpsPlan -Environment $shop -Confirm:$false -ErrorAction Stop } | Should -Throw '*plan*'
    }

    It 'refuses a file that was changed after it was written' {
        Set-Content "$TestDrive/other.json" '{ "format": 1, "hash": "00", "plan": { "environment": "shop", "kind": "service.stop", "action": "Stop-OpsService", "target": "service/api", "summary": "Stop it" } }'
        { Invoke-OpsPlan "$TestDrive/other.json" -Environment $shop -Confirm:$false -ErrorAction Stop } | Should -Throw '*it was changed after it was made*'
    }
}
