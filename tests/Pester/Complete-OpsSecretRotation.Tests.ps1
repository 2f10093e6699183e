BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
secrets: { session: { random: {}, uses: [ { file: app.env, key: SESSION } ] } }
'@ | Set-Content "$folder/ops.yaml"
    'SESSION=first-session' | Set-Content "$folder/app.env"
}

Describe 'Complete-OpsSecretRotation' {
    It 'says that nothing waits for people where nothing does' {
        { Complete-OpsSecretRotation session -Environment $folder -Confirm:$false -ErrorAction Stop } | Should -Throw '*waits for people*'
    }
}
