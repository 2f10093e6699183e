BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
secrets:
  session: { random: {}, every: 90d, uses: [ { file: app.env, key: SESSION } ] }
  mail: { random: {}, uses: [ { file: app.env, key: MAIL } ] }
'@ | Set-Content "$folder/ops.yaml"
    "SESSION=first-session`nMAIL=first-mail" | Set-Content "$folder/app.env"
}

Describe 'Get-OpsSecret' {
    It 'shows what each is and where it stands, and no value' {
        $all = Get-OpsSecret -Environment $folder
        $all.Name | Should -Be 'session', 'mail'
        "$($all[0].Status)" | Should -Be 'Unknown'
        $all[0].Uses | Should -Be 'app.env#SESSION'
        $all[0].PSTypeNames[0] | Should -Be 'OpsModule.Secret'
        ($all | Format-List * | Out-String) + ($all | ConvertTo-Json -Depth 5) | Should -Not -Match 'first-'
    }

    It 'takes names with wildcards, whatever their case, and says which is meant' {
        (Get-OpsSecret S* -Environment $folder).Name | Should -Be 'session'
        { Get-OpsSecret sesion -Environment $folder -ErrorAction Stop } | Should -Throw '*Did you mean session?*'
    }
}
