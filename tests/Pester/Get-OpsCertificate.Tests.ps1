BeforeAll {
    . $PSScriptRoot/Shared.ps1
    . $PSScriptRoot/Certificates.ps1
    New-Certificate "$folder/shop.pem"
}

Describe 'Get-OpsCertificate' {
    It 'reads a file; the error of another has a category and lets it go on' {
        $errors = $null
        $found = @(Get-OpsCertificate -Path "$folder/none.pem", "$folder/shop.pem" -ErrorVariable errors -ErrorAction SilentlyContinue)
        $found.Subject | Should -Be 'CN=shop'
        $errors.Count | Should -Be 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'CertificateUnreadable,*'
        $errors[0].TargetObject | Should -Not -BeNullOrEmpty
        $errors[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}
