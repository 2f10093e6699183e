BeforeAll {
    . $PSScriptRoot/Shared.ps1
    . $PSScriptRoot/Certificates.ps1
    "environment: seen`ncertificates: { shop: { endpoint: '127.0.0.1:1', file: shop.pem } }" | Set-Content "$folder/ops.yaml"
    New-Certificate "$folder/shop.pem"
}

Describe 'Update-OpsCertificate' {
    It 'looks at certificates that are due and changes nothing with -WhatIf' {
        "$((Update-OpsCertificate -Environment $folder -WhatIf).Outcome)" | Should -Be 'WouldRenew'
        "$folder/.ops" | Should -Not -Exist
    }

    It 'is an error where no certificate is named' {
        'environment: none' | Set-Content "$folder/none.yaml"
        { Update-OpsCertificate -Environment "$folder/none.yaml" } | Should -Throw -ErrorId 'NoCertificates*'
    }
}
