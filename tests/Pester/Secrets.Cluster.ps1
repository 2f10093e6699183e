# Rotation of a key of a Secret on a real Kubernetes 1.20 with a real kubelet (build/kubernetes): ./build.sh prove kubernetes.

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $env:KUBECONFIG = $null

    # kubectl as the lab's admin, in a namespace of its own; what it says.
    function Use-Kubectl { & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG --context=admin --namespace=audit @args 2>&1 | ForEach-Object ToString }

    # Makes objects of YAML.
    function New-Thing([string] $Yaml) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('n')).yaml"
        $Yaml | Set-Content $file
        $said = Use-Kubectl apply -f $file
        if ($LASTEXITCODE) { throw "$said" }
    }

    # A workload that reads the key as a variable, and shows what it has in its log.
    function New-Reader([string] $Name) {
        New-Thing @"
apiVersion: apps/v1
kind: Deployment
metadata: { name: $Name }
spec:
  replicas: 2
  selector: { matchLabels: { app: $Name } }
  template:
    metadata: { labels: { app: $Name } }
    spec:
      terminationGracePeriodSeconds: 2
      containers:
      - name: app
        image: localhost/ops-box:1
        imagePullPolicy: IfNotPresent
        command: [sh, -c, 'trap "exit 0" TERM; echo has `$JWT_SECRET; touch /tmp/ready; while :; do sleep 0.2; done']
        env: [ { name: JWT_SECRET, valueFrom: { secretKeyRef: { name: audit-secrets, key: jwt-secret } } } ]
        readinessProbe: { exec: { command: [test, -f, /tmp/ready] }, periodSeconds: 1 }
        resources: { limits: { memory: 64Mi }, requests: { memory: 32Mi } }
"@
        $null = Wait-OpsService $Name -Healthy -Timeout 2m -Environment $audit
    }

    function Get-Key([string] $Key) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String("$(Use-Kubectl get secret audit-secrets -o "jsonpath={.data.$Key}")")) }

    $null = & kubectl --kubeconfig=$env:KUBE_LAB_CONFIG create namespace audit 2>&1
    $audit = "$TestDrive/ops.yaml"
    (Get-Content -Raw "$root/examples/rotate-secrets/cluster.yaml").Replace('{ context: prod,', "{ kubeconfig: $env:KUBE_LAB_CONFIG, context: admin,") | Set-Content $audit
    $null = Use-Kubectl create secret generic audit-secrets --from-literal=jwt-secret=first-jwt-secret --from-literal=other=stays
    New-Reader api
}

Describe 'examples/rotate-secrets.ps1 on a real cluster' {
    It 'writes the key alone, and restarts what reads it' {
        $before = (Get-OpsService api -Environment $audit).Instances.Name
        $result = & "$root/examples/rotate-secrets.ps1" -Environment $audit -Name jwt -Reason quarterly | Where-Object { $_.PSTypeNames[0] -eq 'OpsModule.RotationResult' }
        $result.Services | Should -Be api
        $now = Get-Key jwt-secret
        $now | Should -Match '^[A-Za-z0-9_-]{43}$'
        Get-Key other | Should -Be stays
        $null = Wait-OpsService api -Rollout -Timeout 2m -Environment $audit
        $after = (Get-OpsService api -Environment $audit).Instances.Name
        $after | Where-Object { $_ -in $before } | Should -BeNullOrEmpty
        foreach ($pod in $after) { "$(Use-Kubectl logs $pod)" | Should -Be "has $now" }
    }

    It 'follows an immutable one with another, which what reads it is told' {
        $null = Use-Kubectl patch secret audit-secrets -p '{"immutable":true}'
        $null = & "$root/examples/rotate-secrets.ps1" -Environment $audit -Name jwt
        $name = "$(Use-Kubectl get deployment api -o 'jsonpath={.spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name}')"
        $name | Should -Not -Be audit-secrets
        $null = Wait-OpsService api -Rollout -Timeout 2m -Environment $audit
        (Test-OpsSecret jwt -Environment $audit).Passed | Should -BeTrue
    }
}
