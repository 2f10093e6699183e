BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Test-OpsJournal' {
    It 'compares the record with what left the machine, and finds one that was begun anew' {
        Add-Content "$shop/ops.yaml" "`njournal: { forward: [ 'store:local' ] }"
        $null = Backup-OpsDatabase main -Store local -Environment $shop
        $result = Test-OpsJournal -Store local -Environment $shop
        $result.Passed | Should -BeTrue
        $result.Forwarded | Should -Be 1
        Move-Item "$shop/.ops" "$shop/.ops-before"
        $null = Backup-OpsDatabase main -Store local -Environment $shop
        (Test-OpsJournal -Environment $shop).Passed | Should -BeTrue
        (Test-OpsJournal -Store local -Environment $shop -ErrorAction SilentlyContinue).Finding | Should -Contain 'ForwardedMismatch'
    }

    It 'passes a record that nobody touched, and finds one that somebody did' {
        (Test-OpsJournal -Environment $shop).Passed | Should -BeTrue
        $file = Get-ChildItem "$shop/.ops" -Filter *.jsonl | Select-Object -First 1
        (Get-Content -Raw $file) -replace 'Backup-OpsDatabase', 'Backup-OpsDatabasf' | Set-Content -NoNewline $file
        (Test-OpsJournal -Environment $shop -ErrorAction SilentlyContinue).Passed | Should -Contain $false
    }
}
