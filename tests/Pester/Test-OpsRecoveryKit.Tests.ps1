BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = New-Shop
    $key = "$folder/identity.txt"
    age-keygen -o $key 2>$null
    $recipient = age-keygen -y $key
    $null = Backup-OpsDatabase main -Environment $shop
    $kit = Export-OpsRecoveryKit "$folder/kit.age" -Recipient $recipient -Environment $shop
}

Describe 'Test-OpsRecoveryKit' {
    It 'opens it with the key, by path, by file and from the pipeline' {
        $findings = @(Test-OpsRecoveryKit "$folder/kit.age" -Identity $key -Environment $shop)
        $findings.Code | Should -Be 'KitWithoutPasswords'
        $findings[0].PSTypeNames[0] | Should -Be 'OpsModule.RecoveryKitFinding'
        @($kit | Test-OpsRecoveryKit -Identity $key -Environment $shop).Code | Should -Be 'KitWithoutPasswords'
        @(Get-Item "$folder/kit.age" | Test-OpsRecoveryKit -Identity $key -Environment $shop).Code | Should -Be 'KitWithoutPasswords'
        $findings | Assert-OpsResult | Should -Not -BeNullOrEmpty
    }

    It 'finds a kit that is locked, old, damaged or older than its ops.yaml' {
        (Test-OpsRecoveryKit "$folder/kit.age" -Identity "$folder/none.txt" -Environment $shop).Code | Should -Be 'KitLocked'
        Set-Content "$folder/bad.age" 'no kit'
        (Test-OpsRecoveryKit "$folder/bad.age" -Identity $key -Environment $shop).Code | Should -Be 'KitDamaged'
        Add-Content "$shop/ops.yaml" '# changed'
        $findings = @(Test-OpsRecoveryKit "$folder/kit.age" -Identity $key -Environment $shop)
        $findings.Code | Should -Contain 'KitOutdated'
        { $findings | Assert-OpsResult -ErrorAction Stop } | Should -Throw
        { Test-OpsRecoveryKit "$folder/nothing-*.age" -Identity $key -Environment $shop -ErrorAction Stop } | Should -Throw
    }
}
