BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: pester`ndatabases: { main: { host: 127.0.0.1, name: nowhere, user: nobody, password: `"env:PESTER_SECRET`" } }" | Set-Content "$folder/ops.yaml"
}

Describe 'Get-OpsEnvironment' {
    It 'finds a file by its path, its folder and the current one' {
        (Get-OpsEnvironment -Path "$folder/ops.yaml").Name | Should -Be 'pester'
        (Get-OpsEnvironment -Path $folder).Name | Should -Be 'pester'
        Push-Location $folder
        try { (Get-OpsEnvironment).Name | Should -Be 'pester' }
        finally { Pop-Location }
    }

    It 'shows no secret' {
        $env:PESTER_SECRET = 'hidden-4711'
        Get-OpsEnvironment -Path $folder | ConvertTo-Json -Depth 9 | Should -Not -Match 'hidden-4711'
        Get-OpsEnvironment -Path $folder | Format-List * | Out-String | Should -Not -Match 'hidden-4711'
    }

    It 'is an error where there is none' { { Get-OpsEnvironment -Path "$folder/absent" } | Should -Throw -ErrorId 'EnvironmentNotFound*' }
}
