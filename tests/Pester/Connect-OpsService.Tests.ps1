BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $shop = (New-Item -ItemType Directory "$TestDrive/host").FullName
    $PID | Set-Content "$shop/pid"
    "environment: shop`nplatform: { host: {} }`nservices: { api: { pidFile: pid } }" | Set-Content "$shop/ops.yaml"
}

Describe 'Connect-OpsService' {
    It 'opens a port of a service here, and says where' {
        $server = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $server.Start()
        try {
            # A pipeline that wants no more closes the way.
            $connection = Connect-OpsService api -Port $server.LocalEndpoint.Port -Environment $shop | Select-Object -First 1
            $connection.Service | Should -Be 'api'
            $connection.Port | Should -Be $server.LocalEndpoint.Port
            $connection.LocalPort | Should -Not -Be $connection.Port
            $connection.PSTypeNames | Should -Contain 'OpsModule.ServiceConnection'
        }
        finally { $server.Stop() }
    }
}
