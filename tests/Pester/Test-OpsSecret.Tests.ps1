BeforeAll {
    . $PSScriptRoot/Shared.ps1
    @'
environment: shop
secrets: { session: { random: {}, uses: [ { file: app.env, key: SESSION }, { file: session.txt } ] } }
'@ | Set-Content "$folder/ops.yaml"
    'SESSION=first-session' | Set-Content "$folder/app.env"
    'first-session' | Set-Content "$folder/session.txt"
}

Describe 'Test-OpsSecret' {
    It 'passes where all places hold one value, and fails where they differ' {
        $result = Test-OpsSecret -Environment $folder | Assert-OpsResult
        $result.Passed | Should -BeTrue
        'another' | Set-Content "$folder/session.txt"
        $result = Test-OpsSecret session -Environment $folder
        $result.Passed | Should -BeFalse
        $result.Findings | Should -BeLike '*do not hold the same*'
        "$($result.Findings)" | Should -Not -Match 'another|first-session'
        { $result | Assert-OpsResult -ErrorAction Stop } | Should -Throw
    }
}
