# Is everything in ops.yaml right, and does everything in it answer?
Test-OpsEnvironment -Connect

# Back up the whole database, then one tenant on its own.
Backup-OpsDatabase main
Backup-OpsDatabase main -Tenant demo

# What do we have, and is every stored byte what was written, and readable by pg_restore?
Get-OpsBackup
Get-OpsBackup | Test-OpsBackup -Level Structure

# Somebody forgets the WHERE. Every customer of the tenant is gone, with all orders and messages.
psql -c "DELETE FROM tenant_demo.customers"

# What would a restore bring back?
Get-OpsBackup main -Tenant demo -Latest | Restore-OpsDatabase -WhatIf

# Bring it back. Other tenants are not touched and nobody is disconnected; what was there is kept under another name.
Get-OpsBackup main -Tenant demo -Latest | Restore-OpsDatabase -Confirm:$false
psql -c "SELECT count(*) AS customers FROM tenant_demo.customers"

# A restore can be taken back, and made again.
Get-OpsRestore
Get-OpsRestore -Tenant demo | Select-Object -First 1 | Undo-OpsRestore -Confirm:$false
psql -c "SELECT count(*) AS customers FROM tenant_demo.customers"
Get-OpsBackup main -Tenant demo -Latest | Restore-OpsDatabase -Confirm:$false
psql -c "SELECT count(*) AS customers FROM tenant_demo.customers"

# All is well: drop what the restore had kept.
Get-OpsRestore | Remove-OpsRestore -Confirm:$false

# Could the whole database be brought back on an empty machine? Do it, compare every table, measure how long it takes.
Get-OpsBackup main -Full -Latest | Invoke-OpsRecoveryDrill

# Who did what, and has anybody touched the record of it?
Get-OpsChange
Test-OpsJournal
