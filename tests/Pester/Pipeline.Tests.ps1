BeforeAll {
    . $PSScriptRoot/Shared.ps1
    "environment: pester`ndatabases: { main: { host: 127.0.0.1, name: nowhere, user: nobody } }`nbackups: { stores: { local: { path: backups } } }" | Set-Content "$folder/ops.yaml"
}

Describe 'Cmdlets in a pipeline' {
    It 'stop when Select-Object has enough' {
        'a: 1', 'b: 2', 'c: 3' | Set-Content "$folder/wrong.yaml"
        @(Test-OpsEnvironment -Environment "$folder/wrong.yaml" | Select-Object -First 1).Count | Should -Be 1
    }

    It 'end with a terminating error that says what to do' {
        $caught = { Get-OpsEnvironment -Path "$folder/absent" } | Should -Throw -PassThru -ErrorId 'EnvironmentNotFound*'
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'go on after an error for one item, unless told otherwise' {
        $given = [pscustomobject]@{ Name = 'absent' }, [pscustomobject]@{ Name = 'missing' }
        $errors = $null
        $given | Backup-OpsDatabase -Environment $folder -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors.Count | Should -Be 2
        { $given | Backup-OpsDatabase -Environment $folder -ErrorAction Stop } | Should -Throw
    }

    It 'say when there is nobody to ask' {
        $left = New-Item -Force "$folder/backups/pester/database/main/full/20200101T000000Z-00000a.dump" -Value 'left behind'
        $left.LastWriteTimeUtc = [datetime]'2020-01-01'
        $run = Invoke-Script "`$ErrorActionPreference = 'Stop'; Remove-OpsBackup -Incomplete -Environment '$folder'"
        $run.ExitCode | Should -Be 1
        $run.Said | Should -Match 'nobody to ask'
        $run.Said | Should -Match 'Confirm:\$false'
        $left.FullName | Should -Exist
    }

    It 'stop cleanly on Ctrl+C' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            $port = $listener.LocalEndpoint.Port
            "environment: slow`ndatabases:`n  main: { host: 127.0.0.1, port: $port, name: a, user: b }" | Set-Content "$folder/slow.yaml"
            $shell = [powershell]::Create()
            [void]$shell.AddScript("Import-Module '$manifest'; Test-OpsEnvironment -Connect -Environment '$folder/slow.yaml'")
            $null = $shell.BeginInvoke()
            $client = $listener.AcceptTcpClientAsync()
            $client.Wait(20000) | Should -BeTrue
            # The server has accepted and been spoken to, and says nothing.
            $client.Result.GetStream().ReadByte() | Should -BeGreaterOrEqual 0
            $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $client.Result.Dispose()
        }
        finally {
            $listener.Stop()
            $shell.Dispose()
        }
    }

    It 'run in a thread job, whose results are what they are here' {
        $job = Start-ThreadJob { Import-Module $using:manifest; Get-OpsEnvironment -Path $using:folder }
        ($job | Wait-Job | Receive-Job).Name | Should -Be 'pester'
        Remove-Job $job
    }
}
