module hoofprint

go 1.26
