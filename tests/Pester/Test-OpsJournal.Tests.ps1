BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $null = Backup-OpsDatabase main -Store local -Environment $shop
}

Describe 'Test-OpsJournal' {
    It 'passes a record that nobody touched, and finds one that somebody did' {
        (Test-OpsJournal -Environment $shop).Passed | Should -BeTrue
        $file = Get-ChildItem "$shop/.ops" -Filter *.jsonl | Select-Object -First 1
        (Get-Content -Raw $file) -replace 'Backup-OpsDatabase', 'Backup-OpsDatabasf' | Set-Content -NoNewline $file
        (Test-OpsJournal -Environment $shop -ErrorAction SilentlyContinue).Passed | Should -Contain $false
    }
}
