BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
secrets:
  session: { random: {}, every: 90d, uses: [ { file: app.env, key: SESSION } ] }
  mail: { random: {}, uses: [ { file: app.env, key: MAIL } ] }
  partner: { value: { proof: none }, uses: [ { file: app.env, key: PARTNER } ] }
'@ | Set-Content "$folder/ops.yaml"
}

Describe 'Invoke-OpsSecretRotation' {
    BeforeEach { "# kept`nSESSION=first-session`nMAIL=first-mail`nPARTNER=first-partner" | Set-Content "$folder/app.env" }

    It 'shows the plan with -WhatIf, without a value, and does nothing' {
        $plan = Invoke-OpsSecretRotation session -Environment $folder -WhatIf -WarningAction SilentlyContinue
        $plan.Kind | Should -Be 'secret.rotate'
        $plan.Parts.Kind | Should -Be 'secret.set', 'secret.finish'
        $plan | ConvertTo-Json -Depth 9 | Should -Not -Match 'first-session'
        Get-Content "$folder/app.env" | Should -Contain 'SESSION=first-session'
    }

    It 'rotates several that come through the pipeline as one change, and passes Assert-OpsResult' {
        $results = Get-OpsSecret session, mail -Environment $folder | Invoke-OpsSecretRotation -Environment $folder -WarningAction SilentlyContinue | Assert-OpsResult
        $results.Name | Should -Be 'session', 'mail'
        @($results.Change | Select-Object -Unique).Count | Should -Be 1
        "$($results[0].Outcome)" | Should -Be 'Done'
        $results[0].PSTypeNames[0] | Should -Be 'OpsModule.RotationResult'
        (Get-Content "$folder/app.env")[0] | Should -Be '# kept'
        Get-Content "$folder/app.env" -Raw | Should -Not -Match 'first-session|first-mail'
        "$((Get-OpsSecret session -Environment $folder).Status)" | Should -Be 'Fine'
        Invoke-OpsSecretRotation -Due -Environment $folder -WarningAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'takes a value that was made elsewhere, and keeps it out of the plan file' {
        $value = New-OpsSecretValue
        $plain = $value | ConvertFrom-SecureString -AsPlainText
        $null = Invoke-OpsSecretRotation mail -Value $value -PlanFile "$folder/plan.json" -Environment $folder -WarningAction SilentlyContinue
        Get-Content "$folder/plan.json" -Raw | Should -Not -Match $plain
        $null = Invoke-OpsPlan "$folder/plan.json" -Environment $folder -Confirm:$false -WarningAction SilentlyContinue
        Get-Content "$folder/app.env" | Should -Contain "MAIL=$plain"
    }

    It 'waits for people where only they can end the old value, and is taken back until then' {
        $result = Invoke-OpsSecretRotation partner -Value (New-OpsSecretValue) -Environment $folder -WarningAction SilentlyContinue
        "$($result.Outcome)" | Should -Be 'Waiting'
        $result.Words | Should -BeLike '*Complete-OpsSecretRotation partner*'
        Get-Content "$folder/app.env" | Should -Not -Contain 'PARTNER=first-partner'
        $null = Undo-OpsChange $result.Change -Environment $folder -Confirm:$false
        Get-Content "$folder/app.env" | Should -Contain 'PARTNER=first-partner'
    }

    It 'refuses an overlap where the new value takes the old one''s place' {
        { Invoke-OpsSecretRotation mail -OverlapFor 1h -Environment $folder -ErrorAction Stop } | Should -Throw '*cannot stay valid*'
    }

    It 'names the secret that was probably meant' {
        { Invoke-OpsSecretRotation sesion -Environment $folder -ErrorAction Stop } | Should -Throw '*Did you mean session?*'
    }
}

Describe 'Invoke-OpsSecretRotation of what signs tokens' {
    BeforeEach {
        @'
environment: shop
secrets:
  jwt: { jwt: { lifetime: 1h }, uses: [ { file: jwt.env, key: JWT, previous: JWT_PREVIOUS } ] }
'@ | Set-Content (New-Item -Force "$folder/jwt/ops.yaml")
        'JWT=first-token-secret' | Set-Content "$folder/jwt/jwt.env"
        Remove-Item "$folder/jwt/.ops" -Recurse -Force -ErrorAction Ignore
    }

    It 'uses the new value, accepts the old one, and waits for its end' {
        $result = Invoke-OpsSecretRotation jwt -Environment "$folder/jwt" -WarningAction SilentlyContinue
        "$($result.Outcome)" | Should -Be 'Waiting'
        $lines = Get-Content "$folder/jwt/jwt.env"
        $lines | Should -Contain 'JWT_PREVIOUS=first-token-secret'
        $lines[0] | Should -Match '^JWT=[A-Za-z0-9]{64}$'
        $null = Undo-OpsChange $result.Change -Environment "$folder/jwt" -Confirm:$false -WarningAction SilentlyContinue
        Get-Content "$folder/jwt/jwt.env" | Should -Contain 'JWT=first-token-secret'
    }

    It 'is a plan of its own' {
        Add-Content "$folder/jwt/ops.yaml" '  other: { jwt: { lifetime: 1h }, uses: [ { file: other.env, key: OTHER, previous: OTHER_PREVIOUS } ] }'
        'OTHER=another-token-secret' | Set-Content "$folder/jwt/other.env"
        { Invoke-OpsSecretRotation jwt, other -PlanFile "$folder/jwt/plan.json" -Environment "$folder/jwt" -ErrorAction Stop } | Should -Throw -ErrorId 'ParametersConflict*'
        "$folder/jwt/plan.json" | Should -Not -Exist
        $plan = Invoke-OpsSecretRotation jwt -PlanFile "$folder/jwt/plan.json" -Environment "$folder/jwt"
        $plan.Kind | Should -Be 'secret.phases'
        Get-Content -Raw "$folder/jwt/plan.json" | Should -Not -Match 'first-token-secret'
        (Invoke-OpsPlan -Path "$folder/jwt/plan.json" -Environment "$folder/jwt" -Confirm:$false -WarningAction SilentlyContinue).Count | Should -BeLessOrEqual 1
        Get-Content "$folder/jwt/jwt.env" | Should -Contain 'JWT_PREVIOUS=first-token-secret'
    }

    It 'asks before all sessions end, and does it with -Force' {
        $said = (Invoke-Script "Invoke-OpsSecretRotation jwt -OverlapFor 0s -Environment '$folder/jwt'").Said
        $said | Should -Match 'All sessions end'
        $said | Should -Match 'There is nobody to ask'
        Get-Content "$folder/jwt/jwt.env" | Should -Contain 'JWT=first-token-secret'
        $result = Invoke-OpsSecretRotation jwt -OverlapFor 0s -Force -Environment "$folder/jwt" -WarningAction SilentlyContinue
        "$($result.Outcome)" | Should -Be 'Done'
        Get-Content "$folder/jwt/jwt.env" -Raw | Should -Not -Match 'first-token-secret'
    }
}
