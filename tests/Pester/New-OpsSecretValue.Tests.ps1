BeforeAll { . $PSScriptRoot/Shared.ps1 }

Describe 'New-OpsSecretValue' {
    It 'gives a SecureString of 32 letters and digits' {
        $value = New-OpsSecretValue
        $value | Should -BeOfType securestring
        $value | ConvertFrom-SecureString -AsPlainText | Should -Match '^[A-Za-z0-9]{32}$'
    }

    It 'gives text only when asked, of the alphabet that was asked for, and warns of one that can be guessed' {
        New-OpsSecretValue 64 -Alphabet 0123456789abcdef -AsPlainText | Should -Match '^[0-9a-f]{64}$'
        $null = New-OpsSecretValue 8 -WarningVariable told -WarningAction SilentlyContinue
        $told | Should -BeLike '*bits*'
        { New-OpsSecretValue -Alphabet aab -ErrorAction Stop } | Should -Throw '*one of them twice*'
    }
}
