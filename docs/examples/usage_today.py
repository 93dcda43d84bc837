"""Print what the account has used today, and what it has left."""

from client import client

for record in client.usage.records.today.list():
    print(record.category, record.count, record.usage, record.price, record.price_unit)
balance = client.balance.fetch()
print("balance", balance.balance, balance.currency)
