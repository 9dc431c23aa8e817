"""HTTP as such: answers, problems, validation, lists, preconditions, the API description."""
