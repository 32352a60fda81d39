/* What protoc says of all our messages (a FileDescriptorSet), as bytes of the program: src/model/wire_schema.h reads it. */
  .section .rodata
  .globl smcli_messages_begin
  .globl smcli_messages_end
smcli_messages_begin:
  .incbin SMCLI_MESSAGES_FILE
smcli_messages_end:
  .section .note.GNU-stack, "", %progbits
