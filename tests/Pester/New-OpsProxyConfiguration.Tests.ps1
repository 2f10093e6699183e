BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $null = New-Item -ItemType Directory "$folder/upstreams"
    @"
environment: shop
proxies:
  edge: { nginx: { upstreams: $folder/upstreams, configuration: $folder/nginx.conf, logs: $folder, path: /health } }
"@ | Set-Content "$folder/ops.yaml"
    @"
pid $folder/nginx.pid;
error_log $folder/error.log;
events {}
http {
    access_log off;
    # secret: not-to-be-shown
    server {
        listen 127.0.0.1:18099;
        location / { proxy_pass http://api:4000/v1; }
    }
}
"@ | Set-Content "$folder/nginx.conf"
    $before = Get-Content -Raw "$folder/nginx.conf"
}

Describe 'New-OpsProxyConfiguration' {
    It 'shows what it would change as a diff, without the lines around it' {
        $plan = New-OpsProxyConfiguration edge -Service api -Server 127.0.0.1:4000 -Path "$folder/nginx.conf" -WhatIf -Environment $folder
        $diff = $plan.Figures.Value -join "`n"
        $diff | Should -BeLike '*-        location / { proxy_pass http://api:4000/v1; }*+        location / { proxy_pass http://api/v1; }*'
        $diff | Should -BeLike "*+    include $folder/upstreams/*.conf;*"
        $diff | Should -BeLike '*+    server 127.0.0.1:4000;*'
        $diff | Should -Not -BeLike '*not-to-be-shown*'
        Get-Content -Raw "$folder/nginx.conf" | Should -Be $before
    }

    It 'writes it, lets nginx test it, and says what is left to do' {
        $made = New-OpsProxyConfiguration edge -Service api -Server 127.0.0.1:4000 -Path "$folder/nginx.conf" -Environment $folder
        $made.Next | Should -BeLike '*nginx -s reload*'
        $made.Servers | Should -Be '127.0.0.1:4000'
        nginx -t -c "$folder/nginx.conf" 2>$null
        $LASTEXITCODE | Should -Be 0
        New-OpsProxyConfiguration edge -Service api -Server 127.0.0.1:4000 -Path "$folder/nginx.conf" -Environment $folder | Should -BeNullOrEmpty
        $null = Undo-OpsChange -Id (Get-OpsChange -Environment $folder | Where-Object Action -EQ New-OpsProxyConfiguration).Id -Confirm:$false -Environment $folder
        Get-Content -Raw "$folder/nginx.conf" | Should -Be $before
        "$folder/upstreams/api.conf" | Should -Not -Exist
    }

    It 'refuses what it does not understand, and names the line' {
        $before -replace 'http://api:4000/v1', 'http://$api:4000' | Set-Content "$folder/other.conf"
        { New-OpsProxyConfiguration edge -Service api -Server 127.0.0.1:4000 -Path "$folder/other.conf" -Environment $folder -ErrorAction Stop } |
            Should -Throw -ErrorId 'ProxyConfigurationUnclear*'
        { New-OpsProxyConfiguration edgy -Service api -Environment $folder -ErrorAction Stop } | Should -Throw '*it names edge*'
    }
}
