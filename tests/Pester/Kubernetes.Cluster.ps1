# The cmdlets on a real Kubernetes 1.20 with a real kubelet (build/kubernetes): ./build.sh prove kubernetes. It is started once for all of them.

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $lab = $env:KUBE_LAB
    $env:KUBECONFIG = $null

    # kubectl as the lab's admin, in the namespace of the tests; what it says.
    function Use-Kubectl { & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG --context=admin --namespace=shop @args 2>&1 | ForEach-Object ToString }

    # Makes objects of YAML.
    function New-Thing([string] $Yaml) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('n')).yaml"
        $Yaml | Set-Content $file
        $said = Use-Kubectl apply -f $file
        if ($LASTEXITCODE) { throw "$said" }
    }

    # The workload of a program that runs until it is told to end, in a shell.
    function New-Workload([string] $Name, [string] $Kind = 'Deployment', [int] $Replicas = 1, [string] $Spec = '', [string] $Pod = '', [string] $Container = '',
        [string] $Script = 'trap "exit 0" TERM; sleep 3600 & wait', [string] $Image = 'localhost/ops-box:1') {
        $count = ($Kind -eq 'DaemonSet' ? '' : "replicas: $Replicas") + ($Kind -eq 'StatefulSet' ? "`n  serviceName: $Name" : '')
        New-Thing @"
apiVersion: apps/v1
kind: $Kind
metadata: { name: $Name }
spec:
  $count
  selector: { matchLabels: { app: $Name } }
  $Spec
  template:
    metadata: { labels: { app: $Name } }
    spec:
      terminationGracePeriodSeconds: 2
      $Pod
      containers:
      - name: app
        image: $Image
        imagePullPolicy: IfNotPresent
        command: [sh, -c, '$Script']
        $Container
"@
    }

    function New-Job([string] $Name, [string] $Script, [int] $Limit = 0) {
        New-Thing @"
apiVersion: batch/v1
kind: Job
metadata: { name: $Name }
spec:
  backoffLimit: $Limit
  template:
    spec: { restartPolicy: Never, containers: [{ name: app, image: 'localhost/ops-box:1', imagePullPolicy: IfNotPresent, command: [sh, -c, '$Script'] }] }
"@
    }

    # Looks until something is so; the bound is for what never comes.
    function Wait-Until([scriptblock] $Condition, [int] $Seconds = 120) {
        $end = [datetime]::UtcNow.AddSeconds($Seconds)
        while (-not ($found = & $Condition)) {
            if ([datetime]::UtcNow -gt $end) { throw "This did not come: $Condition`n$(Use-Kubectl get all -o wide | Out-String)" }
            Start-Sleep -Milliseconds 300
        }
        $found
    }

    # The folder of an environment file for a user of the lab.
    function New-Environment([string] $User = 'admin') {
        $where = (New-Item -Force -ItemType Directory "$TestDrive/$User").FullName
        "environment: lab`nplatform: { kubernetes: { kubeconfig: $env:KUBE_LAB_CONFIG, context: $User, namespace: shop } }" | Set-Content "$where/ops.yaml"
        $where
    }

    function Get-One([string] $Name) { Get-OpsService $Name -Environment $shop }

    $shop = New-Environment
    $null = & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG create namespace shop 2>&1
}

Describe 'Services of a real cluster' {
    It 'runs, is restarted with every pod new, and agrees with kubectl rollout status' {
        New-Workload api -Replicas 2
        $ready = Wait-OpsService api -Healthy -Timeout 2m -Environment $shop
        $ready.Ready | Should -Be 2
        $ready.State | Should -Be Running
        $before = $ready.Instances.Name
        $after = Restart-OpsService api -PassThru -Environment $shop | Wait-OpsService -Healthy -Timeout 2m -Environment $shop
        # Old ones may be ending still.
        ($after.Instances | Where-Object State -ne Dead).Name | Where-Object { $_ -in $before } | Should -BeNullOrEmpty
        "$(Use-Kubectl rollout status deployment/api --timeout=1s)" | Should -Match 'successfully rolled out'
    }

    It 'follows a rollout that kubectl began' {
        $null = Use-Kubectl set image deployment/api app=localhost/ops-box:2
        $done = Wait-OpsService api -Rollout -Timeout 2m -Environment $shop
        $done.Image | Should -Be localhost/ops-box:2
        $done.Updated | Should -Be 2
    }

    It 'sees that a rollout has failed, and says so at once' {
        New-Workload stalls -Replicas 2 -Spec 'progressDeadlineSeconds: 6'
        $null = Wait-OpsService stalls -Healthy -Timeout 2m -Environment $shop
        $null = Use-Kubectl set image deployment/stalls app=127.0.0.1:1/none:2
        $watch = [Diagnostics.Stopwatch]::StartNew()
        { Wait-OpsService stalls -Healthy -Timeout 5m -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'RolloutFailed*'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 120
        $one = Get-One stalls
        $one.State | Should -Be Degraded
        $one.Image | Should -Be localhost/ops-box:1
        $one.ImageWanted | Should -Be 127.0.0.1:1/none:2
        $one.Problem | Should -Match ProgressDeadlineExceeded
        (Test-OpsHealth -Check service.state -Service stalls -Environment $shop).Status | Should -Be Degraded
        $null = Use-Kubectl rollout undo deployment/stalls
        (Wait-OpsService stalls -Rollout -Timeout 2m -Environment $shop).Problem | Should -BeNullOrEmpty
    }

    It 'says what a quota refuses' {
        New-Thing "apiVersion: v1`nkind: Namespace`nmetadata: { name: tight }"
        $tight = (New-Item -Force -ItemType Directory "$TestDrive/tight").FullName
        (Get-Content "$shop/ops.yaml") -replace 'namespace: shop', 'namespace: tight' | Set-Content "$tight/ops.yaml"
        & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG -n tight create quota q --hard=pods=1 *> $null
        foreach ($kind in 'Deployment', 'StatefulSet') {
            $yaml = "apiVersion: apps/v1`nkind: $kind`nmetadata: { name: full-$($kind.ToLower()) }`nspec:`n  replicas: 2`n  $($kind -eq 'StatefulSet' ? 'serviceName: full' : '')`n  selector: { matchLabels: { app: f$kind } }`n" +
            "  template: { metadata: { labels: { app: f$kind } }, spec: { containers: [{ name: app, image: 'localhost/ops-box:1', command: [sleep, '100000'] }] } }"
            $yaml | & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG -n tight apply -f - *> $null
        }
        foreach ($name in 'full-deployment', 'full-statefulset') {
            Wait-Until { (Get-OpsService $name -Environment $tight -ErrorAction Ignore).Problem -match 'exceeded quota: q' } | Should -BeTrue
        }
        & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG delete namespace tight --wait=false *> $null
    }

    It 'is down, not starting, when <What>' -ForEach @(
        @{ What = 'there is no image'; Name = 'noimage'; Reason = 'ErrImagePull|ImagePullBackOff'; More = @{ Image = '127.0.0.1:1/none:1' } }
        @{ What = 'no node has room'; Name = 'noroom'; Reason = 'Unschedulable'; More = @{ Container = 'resources: { requests: { cpu: "500" } }' } }
        @{ What = 'a setting is missing'; Name = 'noconfig'; Reason = 'CreateContainerConfigError'; More = @{ Container = 'envFrom: [{ configMapRef: { name: nowhere } }]' } }
        @{ What = 'its preparation fails'; Name = 'noinit'; Reason = 'Init:Error|Init:CrashLoopBackOff'
            More = @{ Pod = "initContainers: [{ name: prepare, image: 'localhost/ops-box:1', imagePullPolicy: IfNotPresent, command: [sh, -c, 'exit 1'] }]" }
        }
        @{ What = 'it ends in a circle'; Name = 'circle'; Reason = 'Error|CrashLoopBackOff'; More = @{ Script = 'echo the reason; exit 3' } }
    ) {
        New-Workload $Name @More
        $seen = Wait-Until { $one = Get-One $Name; if ($one.Instances.Reason -match "^($Reason)$") { $one } }
        $seen.State | Should -Be Down
        $found = Test-OpsHealth -Check service.state -Service $Name -Environment $shop
        $found.Status | Should -Be Unhealthy
        $found.Message | Should -Match $Reason
        # At each moment the same: the words of kubectl come and go.
        foreach ($i in 1..10) { (Get-One $Name).State | Should -Be Down; Start-Sleep -Milliseconds 500 }
        $null = Use-Kubectl delete deployment $Name --wait=false
    }

    It 'tells of OnDelete, a partition and a pause what they keep' {
        New-Workload ondelete -Kind StatefulSet -Spec 'updateStrategy: { type: OnDelete }'
        New-Workload parted -Kind StatefulSet -Replicas 2 -Spec 'updateStrategy: { type: RollingUpdate, rollingUpdate: { partition: 1 } }'
        New-Workload held
        $null = Wait-OpsService ondelete, parted, held -Healthy -Timeout 2m -Environment $shop
        (Restart-OpsService ondelete -WhatIf -Environment $shop -WarningAction Ignore).Summary | Should -Match 'Replace no pod by itself'
        (Restart-OpsService parted -WhatIf -Environment $shop -WarningAction Ignore).Summary | Should -Match 'Replace 1 of 2 pods'
        { Restart-OpsService ondelete -PassThru -Environment $shop -WarningAction Ignore | Wait-OpsService -Healthy -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'RolloutHeld*'
        $null = Use-Kubectl delete pod ondelete-0
        (Wait-OpsService ondelete -Healthy -Timeout 2m -Environment $shop).Held | Should -Be None
        $second = Restart-OpsService parted -PassThru -Environment $shop -WarningAction Ignore | Wait-OpsService -Healthy -Timeout 2m -Environment $shop -WarningAction Ignore
        $second.Held | Should -Be Partition
        $null = Use-Kubectl rollout pause deployment/held
        { Restart-OpsService held -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'RolloutPaused*'
        $null = Use-Kubectl set image deployment/held app=localhost/ops-box:2
        { Wait-OpsService held -Rollout -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'RolloutPaused*'
    }

    It 'waits neither for a job that is done nor for one that gave up' {
        New-Job good 'echo done'
        New-Job bad 'exit 1'
        # While they run they are what is waited for.
        $null = Use-Kubectl wait --for=condition=complete job/good --timeout=120s
        $null = Use-Kubectl wait --for=condition=failed job/bad --timeout=120s
        (Wait-OpsService good -Timeout 2m -Environment $shop).IsDone | Should -BeTrue
        { Wait-OpsService bad -Timeout 2m -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'JobFailed*'
    }

    It 'is gone when Stop-OpsService -Wait comes back' {
        New-Workload stubborn -Script 'trap "" TERM; sleep 3600 & wait'
        $null = Wait-OpsService stubborn -Healthy -Timeout 2m -Environment $shop
        Stop-OpsService stubborn -Wait -Environment $shop
        "$(Use-Kubectl get pods -l app=stubborn -o name)" | Should -BeNullOrEmpty
    }

    It 'reads what a container said before it was started again' {
        New-Workload again -Script 'echo run $(date +%s%N); sleep 4; exit 1'
        $log = Wait-Until { $l = @(Get-OpsLog again -Raw -Environment $shop); if ($l.Count -ge 2) { , $l } }
        $log | Sort-Object -Unique | Should -HaveCount $log.Count
        $null = Use-Kubectl delete deployment again --wait=false
    }

    It 'runs a program with its exit code and what it said last' {
        $failed = $null
        $said = Invoke-OpsServiceCommand api -Command sh, '-c', 'printf oops >&2; exit 3' -Environment $shop -ErrorVariable failed -ErrorAction SilentlyContinue
        $said.Line | Should -Be oops
        $failed[0].TargetObject.ExitCode | Should -Be 3
    }
}

Describe 'Rights, names and machines of a real cluster' {
    It 'says which right is missing, for restarts too' {
        New-Thing @'
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: viewer }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ kind: User, name: viewer }]
'@
        $viewer = New-Environment viewer
        (Get-OpsService api -Environment $viewer).Ready | Should -Be 2
        { Restart-OpsService api -Environment $viewer -ErrorAction Stop } | Should -Throw -ErrorId 'ClusterForbidden*' -ExpectedMessage '*may not patch deployments*'
    }

    It 'needs no more than the documented rights' {
        New-Thing @'
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: restarter }
rules:
- { apiGroups: [''], resources: [pods], verbs: [get, list, watch] }
- { apiGroups: [''], resources: [events], verbs: [list, watch] }
- { apiGroups: [''], resources: [pods/log], verbs: [get] }
- { apiGroups: [''], resources: [pods/exec], verbs: [create] }
- { apiGroups: [apps], resources: [deployments, statefulsets, daemonsets, replicasets], verbs: [get, list, patch] }
- { apiGroups: [apps], resources: [deployments/scale, statefulsets/scale], verbs: [get, patch, update] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: restarter }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: restarter }
subjects: [{ kind: User, name: restarter }]
'@
        $mine = New-Environment restarter
        $null = Restart-OpsService api -PassThru -Environment $mine | Wait-OpsService -Healthy -Timeout 2m -Environment $mine
        (Invoke-OpsServiceCommand api -Command echo, hello -Environment $mine).Line | Should -Be hello
        { Get-OpsLog api -Raw -Environment $mine -ErrorAction Stop } | Should -Not -Throw
        { Get-OpsEvent api -Environment $mine -ErrorAction Stop } | Should -Not -Throw
        Set-OpsService api -Replicas 3 -Environment $mine -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -Match 'may not list horizontalpodautoscalers'
        Set-OpsService api -Replicas 2 -Environment $mine -WarningAction Ignore
        # Of jobs that may not be seen their pods tell.
        (Get-OpsService good -Environment $mine).State | Should -Be Stopped
        # Nodes are not his business, unless he asks for them alone.
        Test-OpsHealth -Check service.state, node -Environment $mine | Where-Object Check -EQ node.state | Should -BeNullOrEmpty
        $nodes = Test-OpsHealth -Check node -Environment $mine
        $nodes.Status | Should -Be Unknown
        $nodes.Message | Should -Match 'may not list nodes'
    }

    It 'shows what the node has and what is asked of it' {
        $node = Get-OpsResourceUsage -Node -Environment $shop -WarningAction Ignore
        $node.Node | Should -Be ops-node
        $node.IsReady | Should -BeTrue
        $node.CpuAllocatable | Should -BeGreaterThan 0
        $node.Pods | Should -BeGreaterThan 1
        (Test-OpsHealth -Check node.state -Environment $shop).Status | Should -Be Healthy
    }

    It 'finds a Service whose selector fits nobody' {
        New-Thing "apiVersion: v1`nkind: Service`nmetadata: { name: api }`nspec: { selector: { app: api }, ports: [{ port: 80 }] }"
        New-Thing "apiVersion: v1`nkind: Service`nmetadata: { name: typo }`nspec: { selector: { app: apii }, ports: [{ port: 80 }] }"
        $null = Wait-OpsService api -Healthy -Timeout 2m -Environment $shop
        Wait-Until { (Test-OpsHealth -Check service.endpoints -Environment $shop | Where-Object Target -eq service/api).Status -eq 'Healthy' } | Should -BeTrue
        (Test-OpsHealth -Check service.endpoints -Environment $shop | Where-Object Target -eq service/typo).Status | Should -Be Unhealthy
    }
}

Describe 'A cluster that goes away' {
    It 'is waited for while its API server restarts, and followed through it' {
        New-Workload nowhere -Container 'resources: { requests: { cpu: "500" } }'
        $null = Wait-Until { (Get-One nowhere).Instances.Reason -eq 'Unschedulable' }
        $job = Start-ThreadJob {
            Import-Module $using:manifest
            Get-OpsEvent nowhere -Follow -Environment $using:shop -WarningAction SilentlyContinue
        }
        # It follows once it has told what was before.
        $null = Wait-Until { $job.State -notin 'NotStarted', 'Running' -or ($job | Receive-Job -Keep) }
        $null = Start-ThreadJob { Start-Sleep 3; $null = New-Item "$using:lab/down.api"; Start-Sleep 4; Remove-Item "$using:lab/down.api" }
        $failed = $null
        Wait-OpsService nowhere -Healthy -Timeout 60s -Environment $shop -ErrorVariable failed -ErrorAction SilentlyContinue -WarningVariable told -WarningAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'ServiceNotHealthy*'
        "$($failed[0])" | Should -Match Unschedulable
        "$told" | Should -Match 'asked again'
        $null = Use-Kubectl scale deployment/nowhere --replicas=2
        $null = Wait-Until { $job.State -ne 'Running' -or ($job | Receive-Job -Keep | Where-Object Message -Match 'Scaled up replica set') }
        $job.State | Should -Be Running -Because "it goes on; it said: $($job.Error)"
        $job | Stop-Job
        $job | Remove-Job -Force
    }

    It 'takes no longer than it was given when its API server hangs' {
        $null = New-Item "$lab/hang.api"
        $watch = [Diagnostics.Stopwatch]::StartNew()
        try { { Wait-OpsService api -Timeout 5s -Environment $shop -ErrorAction Stop -WarningAction Ignore } | Should -Throw }
        finally { Remove-Item "$lab/hang.api" }
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 15
        $null = Wait-Until { "$(Use-Kubectl get --raw /readyz)" -eq 'ok' }
    }

    It 'names the node that is lost' {
        New-Workload agent -Kind DaemonSet
        $null = Wait-OpsService api, agent -Healthy -Timeout 2m -Environment $shop
        $null = New-Item "$lab/down.kubelet"
        try {
            $lost = Wait-Until { $one = Get-One api; if (-not ($one.Instances | Where-Object Reason -ne NodeNotReady)) { $one } }
            $lost.State | Should -Be Down
            (Get-One agent).State | Should -Be Down
            (Test-OpsHealth -Check service.state -Service api -Environment $shop).Message | Should -Match 'the node ops-node does not answer'
            (Test-OpsHealth -Check node.state -Environment $shop).Status | Should -Be Unhealthy
            { Get-OpsLog api -Raw -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'NodeUnreachable*'
            { Invoke-OpsServiceCommand api -Instance $lost.Instances[0].Name -Command true -Environment $shop -ErrorAction Stop } | Should -Throw -ErrorId 'NodeUnreachable*'
        }
        finally { Remove-Item "$lab/down.kubelet" }
        (Wait-OpsService api -Healthy -Timeout 2m -Environment $shop).State | Should -Be Running
    }
}
