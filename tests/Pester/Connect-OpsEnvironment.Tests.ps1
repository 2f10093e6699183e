BeforeAll {
    . $PSScriptRoot/Shared.ps1
    'environment: first' | Set-Content "$folder/first.yaml"
    'environment: second' | Set-Content (New-Item -Force "$folder/here/ops.yaml")
    Push-Location "$folder/here"
}

AfterAll {
    Disconnect-OpsEnvironment
    Pop-Location
}

Describe 'Connect-OpsEnvironment' {
    It 'sets the environment of the session' {
        Connect-OpsEnvironment "$folder/first.yaml" | Out-Null
        (Get-OpsEnvironment).Name | Should -Be 'first'
        (Get-OpsEnvironment -Path "$folder/here").Name | Should -Be 'second'
    }
}
