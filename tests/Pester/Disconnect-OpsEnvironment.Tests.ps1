BeforeAll {
    . $PSScriptRoot/Shared.ps1
    'environment: first' | Set-Content "$folder/first.yaml"
    'environment: second' | Set-Content (New-Item -Force "$folder/here/ops.yaml")
    Push-Location "$folder/here"
}

AfterAll {
    Pop-Location
}

Describe 'Disconnect-OpsEnvironment' {
    It 'goes back to what the folder says' {
        Connect-OpsEnvironment "$folder/first.yaml" | Out-Null
        Disconnect-OpsEnvironment
        (Get-OpsEnvironment).Name | Should -Be 'second'
    }
}
