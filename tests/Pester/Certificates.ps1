# Dot-source it where a certificate is wanted.

# A certificate of its own authority, good for 20 days more, as PEM.
function New-Certificate([string] $Path, [string] $Subject = 'CN=shop') {
    $key = [Security.Cryptography.RSA]::Create(2048)
    $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new($Subject, $key, [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
    $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(20)).ExportCertificatePem() | Set-Content $Path
}
