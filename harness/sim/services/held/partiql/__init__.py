"""PartiQL, DynamoDB's SQL: statements read and carried out on what moto keeps."""
