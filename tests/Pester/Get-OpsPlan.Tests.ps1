BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-EngineLess
}

AfterAll { $env:DOCKER_HOST = $null }

Describe 'Get-OpsPlan' {
    It 'says which file is no plan, and reads the others' {
        Set-Content "$TestDrive/none.json" '{ "format": 1 }'
        { Get-OpsPlan "$TestDrive/none.json" -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'PlanInvalid*'
    }

    It 'says that there is no such file' {
        { Get-OpsPlan "$TestDrive/nowhere.json" -Environment $shop -ErrorAction Stop } | Should -Throw '*nowhere.json*'
    }
}
